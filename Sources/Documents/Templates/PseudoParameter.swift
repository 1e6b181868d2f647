/// The values CloudFormation itself provides.
enum PseudoParameter: String, CaseIterable {
    case accountID = "AWS::AccountId"
    case notificationARNs = "AWS::NotificationARNs"
    /// Takes away the property it is given to.
    case noValue = "AWS::NoValue"
    case partition = "AWS::Partition"
    case region = "AWS::Region"
    case stackID = "AWS::StackId"
    case stackName = "AWS::StackName"
    case urlSuffix = "AWS::URLSuffix"

    /// Nil for `AWS::NoValue`.
    func node(in context: TemplateContext, at position: SourcePosition) -> DocumentNode? {
        switch self {
        case .accountID: .string(context.accountID, at: position)
        case .notificationARNs: DocumentNode(.sequence([]), at: position)
        case .noValue: nil
        case .partition: .string(context.partition, at: position)
        case .region: .string(context.region, at: position)
        case .stackID:
            .string(
                "arn:\(context.partition):cloudformation:\(context.region):\(context.accountID):stack/"
                    + "\(context.stackName)/00000000-0000-0000-0000-000000000000", at: position)
        case .stackName: .string(context.stackName, at: position)
        case .urlSuffix: .string(context.urlSuffix, at: position)
        }
    }
}
