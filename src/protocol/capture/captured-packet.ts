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

/** What is broken inside a capture, or where reading goes on behind it; `at` is in bytes from its beginning. */
export type CaptureDamage =
  | { readonly is: 'fault'; readonly at: number; readonly reason: string }
  | {
      readonly is: 'resumed';
      readonly at: number;
      /** Whether several headers fit, or the next one only. */
      readonly sureness: 'certain' | 'likely';
      readonly skippedBytes: number;
    };

/** Is told of damage, and throws where that is to end the reading. */
export type DamageListener = (damage: CaptureDamage) => void;

/** Makes damage an error. @throws ProtocolError `CAPTURE_INVALID` */
export const refuseDamage: DamageListener = (damage) => {
  if (damage.is === 'fault') throw captureFault(damage.reason, damage.at);
};

/** Reads the packets of a capture as its bytes come. Behind damage it looks for the next packet; an error is final. */
export interface CaptureReader {
  /** Bytes that were pushed and are no whole packet yet. */
  readonly partialBytes: number;
  /** Takes a chunk over: the caller must not change it afterwards. */
  push(chunk: Buffer): void;
  /** The packets that are complete by now. @throws ProtocolError `CAPTURE_INVALID` where it is no capture at all, with the offset in bytes from the beginning */
  packets(): Generator<CapturedPacket>;
  /** Nothing more will come: {@link packets} has what is left. */
  end(): void;
}

/** The longest packet that is taken, bytes: as long as tcpdump's and dumpcap's are by default. */
export const MAX_CAPTURED_BYTES: number = 2 ** 18;

/** What is wrong with a capture. @param at - where, in bytes from its beginning */
export function captureFault(problem: string, at: number): ProtocolError {
  return new ProtocolError('CAPTURE_INVALID', `${problem}, at byte ${at}`);
}
