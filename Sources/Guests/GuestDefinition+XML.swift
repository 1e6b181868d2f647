import SystemPackage

extension GuestDefinition {
    /// The domain's XML (libvirt.org/formatdomain.html).
    ///
    /// - Parameters:
    ///   - sockets: a folder with a short path, for the channels' sockets.
    ///   - owner: who may sweep it, as an attribute of Kiln's metadata element.
    func xml(_ identity: GuestIdentity, acceleration: Acceleration, sockets: FilePath, owner: String) -> String {
        """
        <domain type='\(acceleration.kind.rawValue == "kvm" ? "kvm" : "qemu")' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
          <name>\(Self.escape(name))</name>
          <uuid>\(identity.uuid)</uuid>
          <genid>\(identity.generation)</genid>
          <metadata><kiln:guest xmlns:kiln='\(Hypervisor.metadataURI)' build='\(Self.escape(buildID))' owner='\(Self.escape(owner))'/></metadata>
          <memory unit='MiB'>\(memoryMiB)</memory>
          <vcpu>\(virtualCPUs)</vcpu>
          <os>
            <type arch='x86_64' machine='q35'>hvm</type>\(firmwareXML(sockets))
          </os>
          <features><acpi/><apic/></features>
          \(Self.processorXML(acceleration))
          <clock offset='utc'/>
          <on_poweroff>destroy</on_poweroff>
          <on_reboot>restart</on_reboot>
          <on_crash>destroy</on_crash>
          <devices>\(diskXML)\(network == .user ? Self.networkXML(identity) : "")
            <serial type='unix'>
              <source mode='bind' path='\(Self.escape(sockets.appending("console").string))'/>
              <log file='\(Self.escape(console.string))' append='\(savedName == nil ? "off" : "on")'/>
            </serial>
            <channel type='unix'>
              <source mode='bind' path='\(Self.escape(sockets.appending("agent").string))'/>
              <target type='virtio' name='org.qemu.guest_agent.0'/>
            </channel>
            <channel type='unix'>
              <source mode='bind' path='\(Self.escape(sockets.appending("runner").string))'/>
              <target type='virtio' name='org.kiln.runner.0'/>
            </channel>
            <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
            <memballoon model='none'/>
            <panic model='isa'/>
          </devices>\(commandLineXML)
        </domain>
        """
    }

    private static func processorXML(_ acceleration: Acceleration) -> String {
        guard acceleration.kind == .tcg else { return "<cpu mode='host-passthrough'/>" }
        let hidden = acceleration.hiddenFeatures.map { "<feature policy='disable' name='\($0)'/>" }.joined()
        return "<cpu mode='maximum'>\(hidden)</cpu>"
    }

    private static func networkXML(_ identity: GuestIdentity) -> String {
        "\n    <interface type='user'><mac address='\(identity.mac)'/><model type='virtio'/></interface>"
    }

    private var diskXML: String {
        guard diskBus == .virtio else { return "" }
        return """

                <disk type='file' device='disk'>
                  <driver name='qemu' type='qcow2' cache='unsafe' discard='unmap' detect_zeroes='unmap'/>
                  <source file='\(Self.escape(disk.string))'/>
                  <target dev='vda' bus='virtio'/>
                  <boot order='1'/>
                </disk>
            """
    }

    /// libvirt 9 has no element for an emulated NVMe controller. A comma in a value of QEMU's is written twice.
    private var commandLineXML: String {
        guard diskBus == .nvme else { return "" }
        let file = disk.string.split(separator: ",", omittingEmptySubsequences: false).joined(separator: ",,")
        return """

              <qemu:commandline>
                <qemu:arg value='-drive'/>
                <qemu:arg value='file=\(Self.escape(file)),if=none,id=kiln-disk,format=qcow2,cache=unsafe,discard=unmap'/>
                <qemu:arg value='-device'/>
                <qemu:arg value='nvme,drive=kiln-disk,serial=kiln,bootindex=1,bus=pcie.0,addr=0x1e'/>
              </qemu:commandline>
            """
    }

    private func firmwareXML(_ sockets: FilePath) -> String {
        // The BIOS, and the boot loader through it, speak on the console too: OVMF does so by itself.
        guard firmware == .uefi else { return "\n    <bios useserial='yes'/>" }
        return """

                <loader readonly='yes' type='pflash'>\(Self.firmwareCode)</loader>
                <nvram template='\(Self.firmwareVariables)'>\(Self.escape(sockets.appending("nvram").string))</nvram>
            """
    }

    /// Debian's ovmf package.
    static let firmwareCode = "/usr/share/OVMF/OVMF_CODE_4M.fd"
    static let firmwareVariables = "/usr/share/OVMF/OVMF_VARS_4M.fd"

    static func escape(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "'": result += "&apos;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }
}
