import CLibvirt
import Glibc
import HostSystem

/// What kiln processes that were killed have left: they could not end their guests themselves.
extension Hypervisor {
    static let metadataURI = "https://kiln.invalid/domain/1"

    /// Ends guests whose owner is gone. A libvirt that is shared has guests of others, and of kiln processes that live:
    /// only those go whose metadata names an owner that has ended.
    ///
    /// A guest that is kept for its user has outlived its owner on purpose.
    func destroyOrphans() {
        let kept = Set(KeptGuest.all().filter { !$0.isOver }.map(\.uuid))
        for domain in domains() {
            if isOrphan(domain), !kept.contains(Libvirt.uuid(of: domain)) { virDomainDestroy(domain) }
            virDomainFree(domain)
        }
    }

    private func isOrphan(_ domain: virDomainPtr) -> Bool {
        guard let name = virDomainGetName(domain), String(cString: name).hasPrefix("kiln-"),
            let text = virDomainGetMetadata(
                domain, Int32(VIR_DOMAIN_METADATA_ELEMENT.rawValue), Self.metadataURI, 0)
        else { return false }
        defer { free(text) }
        return Self.owner(in: String(cString: text))?.isGone == true
    }

    /// The owner that a metadata element names; nil for what is not Kiln's writing.
    static func owner(in metadata: String) -> ProcessIdentity? {
        let parts = metadata.split(whereSeparator: { $0 == "'" || $0 == "\"" })
        guard let key = parts.firstIndex(where: { $0.hasSuffix(" owner=") }), key + 1 < parts.endIndex else {
            return nil
        }
        return ProcessIdentity(parts[key + 1])
    }

    private func domains() -> [virDomainPtr] {
        var list: UnsafeMutablePointer<virDomainPtr?>?
        let count = virConnectListAllDomains(connection, &list, 0)
        guard count > 0, let list else { return [] }
        defer { free(list) }
        return (0..<Int(count)).compactMap { list[$0] }
    }
}
