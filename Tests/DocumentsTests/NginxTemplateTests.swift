import Documents
import Testing

@Suite("The nginx template")
struct NginxTemplateTests {
    private func resolved(_ context: TemplateContext = TemplateContext()) throws -> ResolvedTemplate {
        try Template.parse(text: Fixture.text("templates/nginx.yaml"), file: "nginx.yaml").resolve(context)
    }

    @Test("resolves to its components, recipe and pipeline without a warning")
    func happyPath() throws {
        let template = try resolved()
        #expect(template.warnings == [])
        #expect(template.components.map(\.name) == ["update-os", "nginx", "nginx-test"])
        let recipe = try #require(template.recipes.first)
        #expect(
            recipe.components.map(\.reference.arn.description) == [
                "arn:aws:imagebuilder:us-east-1:000000000000:component/update-os/1.0.0/1",
                "arn:aws:imagebuilder:us-east-1:000000000000:component/nginx/1.0.0/1",
                "arn:aws:imagebuilder:us-east-1:000000000000:component/nginx-test/1.0.0/1",
            ])
        #expect(
            recipe.parentImage.value.description
                == "arn:aws:imagebuilder:us-east-1:aws:image/debian-12-x86/x.x.x")
        let pipeline = try template.pipeline()
        #expect(template.recipe(of: pipeline) == recipe)
        #expect(template.infrastructure(of: pipeline)?.instanceProfileName == "kiln-buildprofile")
        #expect(template.distribution(of: pipeline)?.distributions.map(\.region) == ["us-east-1"])
        #expect(pipeline.testTimeoutMinutes == 60)
        #expect(template.settings(for: pipeline).memoryMiB == 1024)
        #expect(template.outputs.map(\.value) == [pipeline.arn.description])
    }

    @Test("takes its region, account, partition and version from the context")
    func context() throws {
        let template = try resolved(
            TemplateContext(parameters: ["ImageVersion": "2.1.0"], region: "cn-north-1", accountID: "123456789012"))
        #expect(
            template.components.first?.arn.description
                == "arn:aws-cn:imagebuilder:cn-north-1:123456789012:component/update-os/2.1.0/1")
    }

    @Test("carries the steps with their limits, and their places in the template")
    func steps() throws {
        let template = try resolved()
        let nginx = try #require(template.component("Nginx")).document
        #expect(nginx.phases.map(\.name) == ["build", "validate"])
        let install = try #require(nginx.phase("build")?.step("install"))
        #expect(install.timeoutSeconds == 1800)
        #expect(install.maxAttempts == 2)
        #expect(install.onFailure == .abort)
        let lines = try Fixture.text("templates/nginx.yaml").split(separator: "\n", omittingEmptySubsequences: false)
        let line = lines[install.position.line - 1]
        #expect(line.dropFirst(install.position.column - 1) == "name: install")
    }
}
