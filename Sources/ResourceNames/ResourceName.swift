/// What a resource of Image Builder is called, and what of that is in its ARN.
public enum ResourceName {
    /// The form that a name takes in an ARN: lower case, dashes for blanks and underscores.
    ///
    /// "My_Web Server" is `my-web-server`: the service's own constructs say so (`fromInfrastructureConfigurationName` of
    /// aws-cdk's aws-imagebuilder). Its pattern for ARNs allows underscores all the same.
    public static func inARN(_ name: String) -> String {
        String(name.lowercased().map { $0 == " " || $0 == "_" ? "-" : $0 })
    }
}
