/** The codec of one track. */
export interface TrackCodec {
  /** 0 to 255. */
  readonly track: number;
  /** A FourCC, or a short name where the codec has none. */
  readonly codec: string;
  /** Left out where it is that of the frame. */
  readonly kind?: 'audio' | 'video';
}

/**
 * A kind of media that streams are made of, with everything that belongs to it: how its messages become frames at the intake
 * and how frames become the bytes of its wire forms. One object per family: they are told apart by identity. A stream is of
 * one family at a time, and so are its players.
 */
export interface MediaFamily {
  /** As people call it. */
  readonly name: string;
  /** The tracks of a header or coded frame with their codecs, as far as that is known. */
  codecsOf?(frame: { readonly tag: number; readonly payload: Buffer }): readonly TrackCodec[];
  /** How much time a coded frame covers from its timestamp on, milliseconds; left out where it is a moment. */
  durationOf?(frame: { readonly tag: number; readonly payload: Buffer }): number;
  /** How many frames of video begin in a coded frame that has video in it; left out where it is one. */
  videoFramesIn?(frame: { readonly tag: number; readonly payload: Buffer }): number;
  /**
   * The payload of a coded frame at which a source comes in that continues a stream: without what would be part of nothing that it has
   * sent, and comes in the midst of what another has sent before. Left out where frames hold nothing of the kind.
   */
  beginningOf?(frame: { readonly tag: number; readonly payload: Buffer }): Buffer;
  /** The most bytes that a wire form writes for a frame; left out where that is hardly more than its payload has. */
  writtenBytesOf?(frame: { readonly tag: number; readonly payload: Buffer }): number;
  /** Where players find a stream of it, for people, with `HOST` in place of the server. @param key - of the stream */
  addressesOf?(key: string): readonly string[];
}
