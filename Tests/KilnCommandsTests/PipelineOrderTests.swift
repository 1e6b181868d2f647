import Documents
import Failures
import Foundation
import Testing

@testable import KilnCommands

@Suite struct PipelineOrderTests {
    /// - Parameter recipes: each with a pipeline; the name of the recipe that its parent's image is of.
    private func template(_ recipes: [(name: String, parent: String?)]) throws -> ResolvedTemplate {
        var text = """
            Resources:
              Infra:
                Type: AWS::ImageBuilder::InfrastructureConfiguration
                Properties: {Name: infra, InstanceProfileName: none}

            """
        for (name, parent) in recipes {
            let image = parent.map { "arn:aws:imagebuilder:us-east-1:000000000000:image/\($0)/x.x.x" }
            text += """
                  \(name)Recipe:
                    Type: AWS::ImageBuilder::ImageRecipe
                    Properties:
                      Name: \(name) Image
                      Version: 1.0.0
                      ParentImage: \(image ?? "ami-12345678")
                      Components:
                        - ComponentArn: arn:aws:imagebuilder:us-east-1:aws:component/update-linux/x.x.x
                  \(name):
                    Type: AWS::ImageBuilder::ImagePipeline
                    Properties:
                      Name: \(name)
                      ImageRecipeArn: !Ref \(name)Recipe
                      InfrastructureConfigurationArn: !Ref Infra

                """
        }
        var documents = DocumentSet()
        documents.add(text: text, file: "t.yaml")
        return try #require(try documents.resolve(TemplateContext(parameters: [:])).first)
    }

    @Test("Who is built on another one's image waits for it; the others wait for nobody")
    func order() throws {
        let order = try PipelineOrder(
            template([("Shop", "web-image"), ("Web", nil), ("Data", nil), ("Mall", "shop-image"), ("Far", "elsewhere")])
        )
        #expect(order.entries.map(\.pipeline) == ["Shop", "Web", "Data", "Mall", "Far"])
        #expect(order.entries.map(\.after) == [["Web"], [], [], ["Shop"], []])
        #expect(order.entries[0].files == "Shop Image-1.0.0")
        #expect(order.output(of: order.entries[0], below: "out") == nil)
    }

    @Test("Pipelines that wait for each other are told with their place")
    func circle() throws {
        let template = try template([("Web", "shop-image"), ("Shop", "web-image"), ("Data", nil)])
        let error = #expect(throws: DocumentFailure.self) { try PipelineOrder(template) }
        #expect(
            error?.message.contains("t.yaml:10:20: error: the pipelines Web, Shop are built on each other's images")
                == true)
    }

    @Test("A build of one has the command line of all, but for its pipeline and its folder")
    func words() {
        let words = ["build", "t.yaml", "--all", "--output", "out", "--json"]
        #expect(
            PipelineRun("Web", from: words, output: nil).arguments
                == ["build", "t.yaml", "--output", "out", "--json", "--pipeline", "Web"])
        #expect(
            PipelineRun("Web", from: words, output: "out/Web").arguments
                == ["build", "t.yaml", "--json", "--pipeline", "Web", "--output", "out/Web"])
        #expect(
            PipelineRun("Web", from: ["build", "--output=out", "--all"], output: "out/Web").arguments
                == ["build", "--pipeline", "Web", "--output", "out/Web"])
    }

    @Test("Events carry their pipeline's name; what is no event is none")
    func events() {
        #expect(PipelineRun.event(Array(#"{"event":"note"}"#.utf8), of: "Web") == #"{"event":"note","pipeline":"Web"}"#)
        #expect(PipelineRun.event(Array("text".utf8), of: "Web") == nil)
    }
}
