/// A template with small components that need no network.
struct TestTemplate {
    struct Step {
        var phase = "build"
        var name: String
        var script = ""
        /// Another action than ExecuteBash, and its inputs as YAML on one line.
        var action: (name: String, inputs: String)?
        /// Lines such as "timeoutSeconds: 5".
        var options: [String] = []
    }

    var components: [(name: String, steps: [Step])]
    var tests = true

    /// `kiln.yaml` beside it.
    static let settings = """
        network: none
        export:
          formats: [raw]
        """

    var text: String {
        var text = "Resources:\n"
        for component in components {
            text += """
                  \(component.name):
                    Type: AWS::ImageBuilder::Component
                    Properties:
                      Name: \(component.name)
                      Version: 1.0.0
                      Platform: Linux
                      Data: |
                        schemaVersion: 1.0
                        phases:

                """
            for phase in ["build", "validate", "test"] {
                let steps = component.steps.filter { $0.phase == phase }
                if steps.isEmpty { continue }
                text += "          - name: \(phase)\n            steps:\n"
                for step in steps {
                    text += "              - name: \(step.name)\n"
                    text += "                action: \(step.action?.name ?? "ExecuteBash")\n"
                    for option in step.options { text += "                \(option)\n" }
                    if let action = step.action {
                        text += "                inputs: \(action.inputs)\n"
                        continue
                    }
                    text += "                inputs:\n                  commands:\n                    - |\n"
                    for line in step.script.split(separator: "\n") { text += "                      \(line)\n" }
                }
            }
        }
        let uses = components.map { "{ComponentArn: !Ref \($0.name)}" }.joined(separator: ", ")
        return text + """
              R:
                Type: AWS::ImageBuilder::ImageRecipe
                Properties: {Name: recipe, Version: 1.0.0, ParentImage: debian-12, Components: [\(uses)]}
              I:
                Type: AWS::ImageBuilder::InfrastructureConfiguration
                Properties: {Name: infrastructure, InstanceProfileName: p}
              P:
                Type: AWS::ImageBuilder::ImagePipeline
                Properties:
                  Name: pipeline
                  ImageRecipeArn: !Ref R
                  InfrastructureConfigurationArn: !Ref I
                  ImageTestsConfiguration: {ImageTestsEnabled: \(tests), TimeoutMinutes: 60}

            """
    }
}
