/** Something that reads what a peer has sent, be it a parser or a whole session. */
export interface FuzzTarget {
  /** Also the name of its folder of regressions. */
  readonly name: string;
  /** Good inputs, of which bad ones are made. */
  readonly seeds: readonly Buffer[];
  /** Words that mean something to it. */
  readonly tokens: readonly Buffer[];
  /** How much of the time it gets, beside 1 for a parser. */
  readonly share: number;
  /** Whether the same has to come of an input however it is cut. */
  readonly isCut: boolean;
  /**
   * Reads an input that comes in pieces, which are its to keep.
   * @returns what came of it, an error included that the reader documents
   * @throws anything else, or a {@link FuzzFault}: that is a find
   */
  read(pieces: readonly Buffer[]): unknown;
  /** Lets go of what it holds for all inputs. */
  close?(): Promise<void>;
}

/** A find: what an input may never bring about. */
export class FuzzFault extends Error {
  override readonly name = 'FuzzFault';
  /** What kind of fault, the same for all inputs that show it. */
  readonly kind: string;

  constructor(kind: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
