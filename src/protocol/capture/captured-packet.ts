import { ProtocolError } from '../../errors.ts';

/** One packet of a capture, as much of it as was kept. */
export interface CapturedPacket {
  /** Counted from 1, as Wireshark counts. */
  readonly number: number;
  /** Since 1970, milliseconds, with a fraction; undefined where the capture has no time. */
  readonly timeMs: number | undefined;
  /** What its first bytes are. @see LinkType */
  readonly linkType: number;
  /** A view of the pushed bytes or a copy: read only, and not to be kept. */
  readonly bytes: Buffer;
}

/** Reads the packets of a capture as its bytes come. An error is final. */
export interface CaptureReader {
  /** Bytes that were pushed and are no whole packet yet. */
  readonly partialBytes: number;
  /** Takes a chunk over: the caller must not change it afterwards. */
  push(chunk: Buffer): void;
  /** The packets that are complete by now. @throws ProtocolError `CAPTURE_INVALID`, with the offset in bytes from the beginning */
  packets(): Generator<CapturedPacket>;
  /** Nothing more will come. @throws ProtocolError `CAPTURE_INVALID` inside a packet */
  end(): void;
}

/** The longest packet that is taken, bytes: as long as tcpdump's and dumpcap's are by default. */
export const MAX_CAPTURED_BYTES: number = 2 ** 18;

/** What is wrong with a capture. @param at - where, in bytes from its beginning */
export function captureFault(problem: string, at: number): ProtocolError {
  return new ProtocolError('CAPTURE_INVALID', `${problem}, at byte ${at}`);
}
