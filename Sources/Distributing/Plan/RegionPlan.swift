public import AWSClient
public import Documents
public import Foundation

/// What is to be in one region when the distribution is done.
public struct RegionPlan: Sendable, Equatable {
    public let region: String
    /// Of the AMI.
    public let name: String
    public let description: String?
    /// Of the AMI and its snapshots.
    public let tags: [String: String]
    /// Names of marks that the AMI is to have.
    public let watermarks: [String]
    /// Id, alias or ARN; nil for what the account does by default.
    public let kmsKeyID: String?
    public let permissions: [LaunchPermission]
    /// Accounts that get an AMI of their own.
    public let targetAccounts: [String]
    public let launchTemplates: [DistributionConfiguration.LaunchTemplate]
    public let parameters: [DistributionConfiguration.SystemsManagerParameter]
    public let deprecation: Date?
    /// Whether it is to have an AMI; one that only exports a file has none.
    public let makesImage: Bool
    public let export: DistributionConfiguration.S3Export?
    /// In the document; nil where no document asks for the region.
    public let position: SourcePosition?

    /// Accounts that something is done in besides the key's own, unless they are that.
    public var accounts: [String] {
        let named = targetAccounts + launchTemplates.compactMap(\.accountID) + parameters.compactMap(\.amiAccountID)
        return Set(named).sorted()
    }
}
