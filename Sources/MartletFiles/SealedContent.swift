import MartletVault
import NIOCore

/// The plain bytes of an encrypted file. Only the chunks that hold what is asked for are read.
struct SealedContent: FileContent {
    let stored: any FileContent
    let storedSize: Int
    let key: DataKey

    func read(_ range: Range<Int>, _ take: (ByteBuffer) async throws -> Void) async throws {
        let (plain, chunkSize) = (SealedChunks.plainSize, SealedChunks.storedSize)
        let first = range.lowerBound / plain
        let last = max(range.upperBound - 1, range.lowerBound) / plain
        let begin = SealedChunks.mark.count
        let lastOfAll = (storedSize - begin - 1) / chunkSize
        // The mark is looked at with the first chunk.
        var markLeft = first == 0 ? SealedChunks.mark[...] : []
        let part = (begin + first * chunkSize - markLeft.count)..<min(begin + (last + 1) * chunkSize, storedSize)
        guard !part.isEmpty else { throw SealedChunks.Tampered() }
        var waiting: [UInt8] = []
        var chunk = first
        func open(_ bytes: ArraySlice<UInt8>) async throws {
            let opened = try SealedChunks.open(bytes, chunk: chunk, isLast: chunk == lastOfAll, key)
            let start = chunk * plain
            let wanted = range.clamped(to: start..<(start + opened.count))
            chunk += 1
            guard !wanted.isEmpty else { return }
            try await take(ByteBuffer(bytes: opened[(wanted.lowerBound - start)..<(wanted.upperBound - start)]))
        }
        try await stored.read(part) { piece in
            let seen = piece.readableBytesView.prefix(markLeft.count)
            guard markLeft.starts(with: seen) else { throw SealedChunks.Tampered() }
            markLeft = markLeft.dropFirst(seen.count)
            waiting += piece.readableBytesView.dropFirst(seen.count)
            var rest = waiting[...]
            while rest.count >= chunkSize {
                try await open(rest.prefix(chunkSize))
                rest = rest.dropFirst(chunkSize)
            }
            waiting = Array(rest)
        }
        if !waiting.isEmpty { try await open(waiting[...]) }
    }
}
