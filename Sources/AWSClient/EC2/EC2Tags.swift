/// A tag as EC2 shows it.
struct EC2Tag: Decodable, Sendable {
    var key: String
    var value: String?
}

extension XMLItems<EC2Tag> {
    var dictionary: [String: String] {
        Dictionary(elements.map { ($0.key, $0.value ?? "") }) { first, _ in first }
    }
}

extension QueryForm {
    /// "TagSpecification.1.ResourceType", …: tags for things that the operation makes. Those without tags are left out.
    mutating func setTagSpecifications(_ specifications: [(resource: String, tags: [String: String])]) {
        set("TagSpecification", each: specifications.filter { !$0.tags.isEmpty }) { form, under, specification in
            form.set("\(under).ResourceType", specification.resource)
            form.setTags("\(under).Tag", specification.tags)
        }
    }

    mutating func setTags(_ name: String, _ tags: [String: String]) {
        set(name, each: tags.sorted { $0.key < $1.key }) { form, under, tag in
            form.set("\(under).Key", tag.key)
            form.set("\(under).Value", tag.value)
        }
    }

    /// "Filter.1.Name", "Filter.1.Value.1", …
    mutating func setFilters(_ filters: [String: [String]]) {
        set("Filter", each: filters.sorted { $0.key < $1.key }) { form, under, filter in
            form.set("\(under).Name", filter.key)
            form.set("\(under).Value", list: filter.value)
        }
    }
}
