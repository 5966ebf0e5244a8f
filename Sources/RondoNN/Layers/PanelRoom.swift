/// Memory for the packed weights of one direction of a layer, which all layers share.
struct PanelRoom {
  private let direction: Panels.Direction
  private let memory: Buffer<Float>
  /// Whether all of them are needed at once; else each is packed when its turn comes, in the same place.
  private let holdsAll: Bool
  private var next = 0

  init(_ direction: Panels.Direction, _ memory: Buffer<Float>, holdsAll: Bool) {
    self.direction = direction
    self.memory = memory
    self.holdsAll = holdsAll
  }

  mutating func panels(_ map: RowMap, weightColumns: Int) -> Panels {
    let panels = Panels(
      map: map, weightColumns: weightColumns, direction: direction, shared: memory[next..<memory.count])
    if holdsAll { next += panels.buffer.count }
    return panels
  }
}
