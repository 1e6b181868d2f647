import ArgumentParser
import Foundation
import HostSystem

struct ImageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "Base images and built images.",
        discussion: """
            Examples:
              kiln image import rocky-9 rocky-9.qcow2     make a disk the parent 'rocky-9'
              kiln image ls                               what there is
              kiln image show web/1.2.0
              kiln image rm rocky-9
            """,
        subcommands: [
            ImageMakeCommand.self, ImageImportCommand.self, ImageListCommand.self, ImageShowCommand.self,
            ImageRemoveCommand.self,
        ])

    static func json(_ value: some Encodable) throws -> String {
        String(decoding: try JSONRecord.encoder.encode(value), as: UTF8.self)
    }
}
