import KilnCommands

await Entry.main()
