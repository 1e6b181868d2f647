import Documents
import Testing

@Suite("Kiln's settings")
struct SettingsTests {
    @Test("Every export format can be set; two kinds of one format cannot, for they are one file")
    func exportFormats() throws {
        func parse(_ formats: String) throws(DocumentFailure) -> KilnSettings.Layer {
            try KilnSettings.Layer.parse(text: "export: {formats: [\(formats)]}\n", file: "kiln.yaml")
        }
        #expect(try parse("raw, vmdk, vhd-fixed, qcow2-compressed").exportFormats?.count == 4)
        #expect(try parse("vhd, vhd, qcow2").exportFormats == [.vhd, .vhd, .qcow2])
        let problems = Problems.lines { () throws(DocumentFailure) in _ = try parse("vhd, raw, vhd-fixed") }
        let said = "vhd and vhd-fixed would be the same file, which ends in .vhd; choose one"
        #expect(problems == ["kiln.yaml:1:30: error: \(said)"])
    }

    @Test("have defaults")
    func defaults() {
        let settings = KilnSettings([])
        #expect(settings == .defaults)
        #expect(settings.cpus == 2)
        #expect(settings.memoryMiB == 1024)
        #expect(settings.firmware == .bios)
        #expect(settings.network == .user)
        #expect(settings.exportFormats == [.raw, .vmdk])
        #expect(settings.s3 == nil)
        #expect(settings.originFolders.isEmpty && !settings.isOffline)
    }

    @Test("of a file are all read, and later layers win")
    func layers() throws {
        let file = try KilnSettings.Layer.parse(text: Fixture.text("documents/kiln.yaml"), file: "kiln.yaml")
        var metadata = KilnSettings.Layer()
        metadata.cpus = 1
        metadata.parents = ParentCatalog(entries: [.init(image: "mine", patterns: [try ParentPattern("debian-12")])])
        let nearer = KilnSettings.OriginFolder(
            origin: "s3://packages", folder: Positioned("near", at: .start(of: "t.yaml")))
        metadata.originFolders = [nearer]
        let settings = KilnSettings([file, metadata])
        #expect(settings.cpus == 1)
        #expect(settings.memoryMiB == 2048)
        #expect(settings.diskGiB == 4)
        #expect(settings.firmware == .uefi)
        #expect(settings.network == .none)
        #expect(settings.bootTimeoutSeconds == 90)
        #expect(settings.exportFormats == [.qcow2])
        #expect(settings.s3?.bucket == "images")
        #expect(settings.s3?.endpoint == "http://127.0.0.1:8333")
        #expect(settings.skipCleanup == [.sshFiles, .toeFiles])
        #expect(settings.originFolders.map(\.origin) == ["s3://packages", "https://example.org/files"])
        #expect(settings.originFolders.map(\.folder.value) == ["near", "mirror/web"])
        #expect(settings.isOffline)
        #expect(settings.storedParameters["/app/version"] == .init(value: "1.2", isSecret: false))
        #expect(settings.storedParameters["/app/password"]?.isSecret == true)
        #expect(settings.account == "123456789012")
        #expect(settings.region == "eu-west-1")
        #expect(settings.parents.image(for: try ParentReference("ami-12345678")) == "debian-12")
        #expect(settings.parents.image(for: try ParentReference("debian-12")) == "mine")
    }

    @Test("with mistakes are told with their places")
    func mistakes() {
        let text = """
            cpu: 2
            memoryMiB: 64
            firmware: efi
            network: [user]
            skipCleanup: [ssh, skip_cleanup_toe_files]
            account: '12'
            parents:
              ami-1: debian
            export:
              formats: [ova]
              s3: {endpoint: localhost}
            offline: maybe
            origins:
              s3://: a
              ftp://host/: b
              https://host/?q: c
              s3://bucket: [d]
              http://host: ''
            """
        let problems = Problems.lines { () throws(DocumentFailure) in
            _ = try KilnSettings.Layer.parse(text: text, file: "kiln.yaml")
        }
        #expect(
            problems == [
                "kiln.yaml:1:1: error: unknown key 'cpu' in the settings (did you mean 'cpus'?)",
                "kiln.yaml:2:12: error: 'memoryMiB' of the settings must be from 128 to 1048576, found 64",
                "kiln.yaml:3:11: error: 'firmware' of the settings must be bios or uefi, found 'efi' "
                    + "(did you mean 'uefi'?)",
                "kiln.yaml:4:10: error: 'network' of the settings must be a text, found a list",
                "kiln.yaml:5:15: error: a section of 'skipCleanup' must be cloudinit_files, instance_files, ssh_files, "
                    + "instance_log_files, toe_files, ssm_log_files or sysprep_files, found 'ssh'",
                "kiln.yaml:6:10: error: '12' is not an account ID of 12 digits",
                "kiln.yaml:8:3: error: 'ami-1' is not an AMI ID: expected ami- and 8 or 17 hex digits",
                "kiln.yaml:10:13: error: an export format must be raw, vmdk, vhd, vhd-fixed, qcow2 or qcow2-compressed, found 'ova'",
                "kiln.yaml:11:7: error: 's3' of 'export' of the settings needs 'bucket'",
                "kiln.yaml:11:18: error: the endpoint 'localhost' is not an http or https URL",
                "kiln.yaml:12:10: error: 'offline' of the settings must be true or false, found the text 'maybe'",
            ]
                + [(14, "s3://"), (15, "ftp://host/"), (16, "https://host/?q")].map { line, origin in
                    "kiln.yaml:\(line):3: error: a folder cannot stand for '\(origin)' "
                        + "(s3://BUCKET, s3://BUCKET/PREFIX or https://HOST/PATH)"
                } + [
                    "kiln.yaml:17:16: error: the folder of 's3://bucket' must be a text, found a list",
                    "kiln.yaml:18:16: error: the folder of 'http://host' is empty",
                ])
    }

    @Test("Parameters that any place calls secret are, by what they are given or by default")
    func secretParameters() throws {
        let file = try KilnSettings.Layer.parse(text: "secretParameters: [Password, Token]\n", file: "kiln.yaml")
        var metadata = KilnSettings.Layer()
        metadata.secretParameters = ["Key"]
        let names = KilnSettings([file, metadata]).secretParameters
        #expect(names == ["Password", "Token", "Key"])
        let document = try ComponentDocument.parse(
            text: """
                schemaVersion: 1.0
                parameters:
                  - Password: {type: string, description: p, default: standard}
                  - Token: {type: string, description: t}
                  - Word: {type: string, description: w}
                phases:
                  - {name: build, steps: [{name: a, action: ExecuteBash, inputs: {commands: ["true"]}}]}

                """, file: "c.yaml")
        #expect(document.values(of: names, given: ["Token": "given", "Word": "open"]) == ["standard", "given"])
        #expect(throws: DocumentFailure.self) {
            try KilnSettings.Layer.parse(text: "secretParameters: Password\n", file: "kiln.yaml")
        }
    }
}
