/// The version of Kiln itself, as `kiln --version` and every manifest say it.
public enum KilnVersion {
    public static let current = "0.1.0"
}
