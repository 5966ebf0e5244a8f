import TestSupport
import Testing

@Suite struct ToleranceTests {
  @Test func differenceIsRelativeToTheLargestReference() {
    #expect(maximumRelativeDifference([1.0, -3.5, 8], [1.0, -4, 8]) == 0.5 / 8)
    #expect(maximumRelativeDifference([Float(1), 2], [1.0, 2]) == 0)
    #expect(maximumRelativeDifference([0.0], [0.0]) == 0)
    #expect(maximumRelativeDifference([Double](), [Double]()) == 0)
    #expect(maximumRelativeDifference([-Double.infinity, 1], [-Double.infinity, 1]) == 0)
  }

  @Test func whatCannotBeComparedIsInfinitelyFar() {
    #expect(maximumRelativeDifference([1.0], [1.0, 2]) == .infinity)
    #expect(maximumRelativeDifference([Double.nan, 1], [1.0, 1]) == .infinity)
    #expect(maximumRelativeDifference([1.0, 1], [1.0, .nan]) == .infinity)
    #expect(maximumRelativeDifference([1e-30], [0.0]) == .infinity)
    #expect(maximumRelativeDifference([Double.infinity], [1.0]) == .infinity)
    #expect(maximumRelativeDifference([1.0], [Double.infinity]) == .infinity)
  }
}
