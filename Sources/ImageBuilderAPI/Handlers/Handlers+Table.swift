import Store

extension Handlers {
    /// The function of each operation. A test holds it against the contract.
    var table: [String: Handler] {
        var table = workflowTable.merging(imageTable) { $1 }
        for kind in ResourceKind.allCases {
            table["Get\(kind.typeName)"] = { call in try await get(call, kind) }
            table["List\(kind.typeNames)"] = { call in try await list(call, kind) }
            if kind != .image {
                table["Delete\(kind.typeName)"] = { call in try await delete(call, kind) }
            }
        }
        for (kind, member) in [
            (ResourceKind.component, "componentArn"), (.image, "imageArn"), (.imageRecipe, "imageRecipeArn"),
            (.containerRecipe, "containerRecipeArn"),
        ] {
            table["Get\(kind.typeName)Policy"] = { call in try await getPolicy(call, member, kind) }
            table["Put\(kind.typeName)Policy"] = { call in try await putPolicy(call, member, kind) }
        }
        for (kind, member) in [
            (ResourceKind.component, "componentVersionArn"), (.image, "imageVersionArn"),
            (.workflow, "workflowVersionArn"),
        ] {
            table["List\(kind.typeName)BuildVersions"] = { call in
                try await list(call, kind, grouping: .builds(of: call.text(member)))
            }
        }
        return table.merging(resourceTable) { $1 }.merging(elsewhereTable) { $1 }
    }

    private var resourceTable: [String: Handler] {
        [
            "CreateComponent": createComponent, "ImportComponent": importComponent,
            "CreateImageRecipe": createImageRecipe, "CreateContainerRecipe": createContainerRecipe,
            "CreateInfrastructureConfiguration": createInfrastructureConfiguration,
            "UpdateInfrastructureConfiguration": updateInfrastructureConfiguration,
            "CreateDistributionConfiguration": createDistributionConfiguration,
            "UpdateDistributionConfiguration": updateDistributionConfiguration,
            "CreateLifecyclePolicy": createLifecyclePolicy, "UpdateLifecyclePolicy": updateLifecyclePolicy,
            "CreateImagePipeline": createImagePipeline, "UpdateImagePipeline": updateImagePipeline,
            "CreateWorkflow": createWorkflow, "ListTagsForResource": listTags, "TagResource": tag,
            "UntagResource": untag,
        ]
    }

    private var imageTable: [String: Handler] {
        [
            "CreateImage": createImage, "StartImagePipelineExecution": startImagePipelineExecution,
            "CancelImageCreation": cancelImageCreation, "RetryImage": retryImage, "DeleteImage": deleteImage,
            "ListImagePipelineImages": listImagePipelineImages, "ListImagePackages": listImagePackages,
            "DistributeImage": distributeImage, "ImportVmImage": importVmImage,
            "StartResourceStateUpdate": startResourceStateUpdate,
            "GetLifecycleExecution": getLifecycleExecution, "CancelLifecycleExecution": cancelLifecycleExecution,
            "ListLifecycleExecutions": listLifecycleExecutions,
            "ListLifecycleExecutionResources": listLifecycleExecutionResources,
        ]
    }

    private var workflowTable: [String: Handler] {
        [
            "GetWorkflowExecution": getWorkflowExecution, "ListWorkflowExecutions": listWorkflowExecutions,
            "GetWorkflowStepExecution": getWorkflowStepExecution,
            "ListWorkflowStepExecutions": listWorkflowStepExecutions,
            "ListWaitingWorkflowSteps": listWaitingWorkflowSteps, "SendWorkflowStepAction": sendWorkflowStepAction,
        ]
    }

    /// What has no counterpart on this machine.
    private var elsewhereTable: [String: Handler] {
        [
            // There is no scanner, so nothing was found; a list without entries is what a client can go on with.
            "ListImageScanFindings": { _ in ["findings": []] },
            "ListImageScanFindingAggregations": { _ in ["aggregationType": "account", "responses": []] },
            "GetMarketplaceResource": getMarketplaceResource, "ImportDiskImage": importDiskImage,
        ]
    }
}
