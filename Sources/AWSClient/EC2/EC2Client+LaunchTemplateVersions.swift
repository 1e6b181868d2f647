public import Failures

/// A version of a launch template.
public struct LaunchTemplateVersion: Sendable, Equatable {
    public let number: Int
    public let isDefault: Bool
    /// nil where it names none.
    public let imageID: String?
}

extension EC2Client {
    /// All versions of a launch template, the newest last.
    ///
    /// - Throws: `notFound`.
    public func launchTemplateVersions(of template: LaunchTemplateReference) async throws(AWSFailure)
        -> [LaunchTemplateVersion]
    {
        var form = QueryForm()
        switch template {
        case .id(let id): form.set("LaunchTemplateId", id)
        case .name(let name): form.set("LaunchTemplateName", name)
        }
        return try await list(
            "DescribeLaunchTemplateVersions", "the versions of a launch template", form, by: VersionsAnswer.self
        ).map(\.version).sorted { $0.number < $1.number }
    }
}

private struct VersionsAnswer: EC2Page {
    var launchTemplateVersionSet: XMLItems<Element>?
    var nextToken: String?

    var elements: [Element] { launchTemplateVersionSet?.elements ?? [] }

    struct Element: Decodable, Sendable {
        var versionNumber: Int
        var defaultVersion: Bool?
        var launchTemplateData: Contents?

        struct Contents: Decodable, Sendable {
            var imageId: String?
        }

        var version: LaunchTemplateVersion {
            LaunchTemplateVersion(
                number: versionNumber, isDefault: defaultVersion ?? false, imageID: launchTemplateData?.imageId)
        }
    }
}
