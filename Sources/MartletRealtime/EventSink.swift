package import NIOCore

/// The open answer through which a client is told of events.
package protocol EventSink: Sendable {
    /// Sends without waiting.
    func write(_ bytes: ByteBuffer)

    /// How many bytes the client has not taken yet.
    var waitingBytes: Int { get }

    /// Ends the answer.
    func finish()

    /// Ends the connection, with whatever waits in it.
    func abort()
}

/// One event in the form of the stream (`realtime.md`, Messages; the HTML standard, Server-sent events).
package struct EventText {
    /// - Parameter data: JSON in one line.
    package static func write(id: String, event: String, data: [UInt8], to buffer: inout ByteBuffer) {
        buffer.reserveCapacity(minimumWritableBytes: data.count + event.utf8.count + 80)
        buffer.writeStaticString("id:")
        buffer.writeString(id)
        buffer.writeStaticString("\nevent:")
        // A line end in the name would begin a line of somebody else's making.
        if event.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D }) {
            buffer.writeBytes(event.utf8.filter { $0 != 0x0A && $0 != 0x0D })
        } else {
            buffer.writeString(event)
        }
        buffer.writeStaticString("\ndata:")
        buffer.writeBytes(data)
        buffer.writeStaticString("\n\n")
    }
}
