/**
 * A kind of media that streams are made of, with everything that belongs to it: how its messages become frames at the intake
 * and how frames become the bytes of its wire forms. One object per family: they are told apart by identity. A stream is of
 * one family at a time, and so are its players.
 */
export interface MediaFamily {
  /** As people call it. */
  readonly name: string;
}
