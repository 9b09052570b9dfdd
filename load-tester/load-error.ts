/** A test that could not be run, for a reason that the user can do something about. */
export class LoadError extends Error {
  override readonly name = 'LoadError';
}
