import Testing

@testable import RondoText

struct BinaryHeapTests {
  @Test func givesTheLeastFirst() {
    var generator = SeededGenerator(state: 2)
    for count in 0...40 {
      var heap = BinaryHeap<Int>()
      let numbers = (0..<count).map { _ in Int.random(in: 0...20, using: &generator) }
      for number in numbers { heap.push(number) }
      var popped: [Int] = []
      while let least = heap.pop() { popped.append(least) }
      #expect(popped == numbers.sorted())
    }
  }
}
