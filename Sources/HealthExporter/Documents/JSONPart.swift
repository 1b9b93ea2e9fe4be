/// One value within a JSON document.
protocol JSONPart {
    /// Writes the value; its key, if it has one, was written before.
    func write(into json: inout JSONWriter)
}

extension JSONWriter {
    /// A key with a part as its value; `null` when there is none.
    mutating func field(_ name: String, _ part: (some JSONPart)?) {
        key(name)
        if let part { part.write(into: &self) } else { null() }
    }

    /// A key with an array of parts.
    mutating func field(_ name: String, parts: some Sequence<some JSONPart>) {
        key(name)
        array(parts) { $1.write(into: &$0) }
    }
}
