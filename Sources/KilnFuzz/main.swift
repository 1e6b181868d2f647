import Documents
import Foundation

/// Feeds changed documents to the parsers, and ends with status 1 at the first that crashes or hangs one of them.
///
///     KilnFuzz FOLDER SECONDS [SEED]     changes what is under FOLDER for so long
///     KilnFuzz FOLDER --replay SEED N    runs the case N of a seed again and prints it
let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count >= 2 else {
    FileHandle.standardError.write(Data("usage: KilnFuzz FOLDER SECONDS [SEED] | FOLDER --replay SEED N\n".utf8))
    exit(2)
}
let corpus = try Corpus(folder: arguments[0])
if arguments[1] == "--replay" {
    guard arguments.count == 4, let seed = UInt64(arguments[2]), let number = UInt64(arguments[3]) else { exit(2) }
    let bytes = corpus.sample(seed: seed, number: number)
    FileHandle.standardOutput.write(Data(bytes))
    Watchdog.install(seed: seed)
    Watchdog.begin(number)
    Target.run(bytes)
    exit(0)
}
guard let seconds = Double(arguments[1]) else { exit(2) }
let seed = arguments.count > 2 ? UInt64(arguments[2]) ?? 0 : UInt64.random(in: 0...UInt64.max)
print("seed \(seed), \(corpus.documents.count) documents, \(Int(seconds)) s")
Watchdog.install(seed: seed)
let end = ContinuousClock.now + .seconds(seconds)
var number: UInt64 = 0
while ContinuousClock.now < end {
    let bytes = corpus.sample(seed: seed, number: number)
    Watchdog.begin(number)
    Target.run(bytes)
    number += 1
}
Watchdog.stop()
print("\(number) cases, none crashed or hung")
