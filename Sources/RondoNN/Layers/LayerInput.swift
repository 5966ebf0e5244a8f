/// What a recurrent layer reads over a window.
enum LayerInput {
  /// Vectors [T·B, K], which it multiplies.
  case rows(Matrix)
  /// The input's part of the pre-activations for each token [V, gates], bias included, and the window's tokens [T·B].
  case table(Matrix, ids: Buffer<Int32>)
}
