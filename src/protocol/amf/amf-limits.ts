/** What the values of one message body may cost. */
export interface AmfLimits {
  /** Objects and arrays within one another, at most `deepestNesting`. */
  readonly maxDepth: number;
  /** Values of the whole body at every depth; every key counts as one more, and so does every name of a class description. */
  readonly maxValues: number;
  /** Bytes of one string, key, class name, XML document or byte array. */
  readonly maxStringBytes: number;
  /** Bytes of all texts that references stand for: what values have more of than their body when each is written out. */
  readonly maxRepeatedBytes: number;
  /** Numbers among the keys of all dictionaries: those who choose them can make a Map slow. */
  readonly maxNumberKeys: number;
}

/** The limits where none are given. */
export const defaultAmfLimits: AmfLimits = {
  maxDepth: 64,
  maxValues: 10_000,
  maxStringBytes: 2 ** 20,
  maxRepeatedBytes: 2 ** 20,
  maxNumberKeys: 1000,
};

/** Nesting at which encoders and decoders stop in any case: they recurse, and the JavaScript stack has to hold. */
export const deepestNesting = 512;
