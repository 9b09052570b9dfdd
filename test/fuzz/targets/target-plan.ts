import { ProtocolError } from '../../../src/errors.ts';
import type { WorkMeter } from '../../../src/protocol/work-meter.ts';
import { FuzzFault, type FuzzTarget } from '../engine/fuzz-target.ts';

/** A target that is made when its turn comes. */
export interface TargetPlan {
  /** See {@link FuzzTarget.share}. */
  readonly share: number;
  make(name: string): FuzzTarget;
}

/** Good inputs and words of a target: texts stand for their bytes. */
export interface Material {
  readonly seeds: () => readonly (Buffer | string)[];
  readonly tokens?: readonly (Buffer | string)[];
}

type ErrorClass = abstract new (...args: never[]) => Error;

/** A reader of bytes that come in any pieces. */
export interface StreamReader {
  push(piece: Buffer): void;
  /** What is complete by now, until the meter is spent. */
  values(): Iterable<unknown>;
  /** Nothing more comes. */
  end?(): void;
  /** What is complete only as nothing more comes. */
  rest?(): Iterable<unknown>;
  /** What it holds, bytes. */
  readonly partialBytes: number;
}

/** A reader whose values are asked for by a name of its own. */
export function streamReader(
  reader: Required<Omit<StreamReader, 'values' | 'rest'>>,
  values: StreamReader['values'],
): StreamReader {
  return {
    push: (piece) => reader.push(piece),
    values,
    end: () => reader.end(),
    get partialBytes() {
      return reader.partialBytes;
    },
  };
}

/** A share of work so small that it is spent again and again. */
class StingyMeter implements WorkMeter {
  #left: number;
  readonly #share: number;

  constructor(share: number) {
    this.#share = share;
    this.#left = share;
  }

  get isSpent(): boolean {
    return this.#left <= 0;
  }

  spend(work: number): void {
    this.#left -= work;
  }

  refill(): void {
    this.#left = this.#share;
  }
}

/** Work that is enough for a message or two. */
const STINGY_WORK = 6;

/**
 * A reader that gives the same values however its input is cut and its work is shared out.
 * @param maxBytes - what it may hold beyond its input
 */
export function streamTarget(
  material: Material,
  maxBytes: number,
  open: (meter: WorkMeter) => StreamReader,
): TargetPlan {
  return planOf(material, true, (pieces) => {
    const meter = new StingyMeter(pieces.length > 1 ? STINGY_WORK : Number.POSITIVE_INFINITY);
    const reader = open(meter);
    let taken = 0;
    return outcomeOf([ProtocolError], (values) => {
      const drain = (): void => {
        do {
          meter.refill();
          for (const value of reader.values()) values.push(value);
        } while (meter.isSpent);
      };
      for (const piece of pieces) {
        taken += piece.length;
        reader.push(piece);
        drain();
        if (reader.partialBytes > taken + maxBytes)
          throw new FuzzFault('partial', `${reader.partialBytes} bytes are held of ${taken}`);
      }
      reader.end?.();
      for (const value of reader.rest?.() ?? []) values.push(value);
    });
  });
}

/** A function of bytes that are all there. @param documented - the errors that it may throw */
export function bytesTarget(
  material: Material,
  read: (bytes: Buffer) => unknown,
  documented: readonly ErrorClass[] = [ProtocolError],
): TargetPlan {
  return planOf(material, false, ([input = Buffer.alloc(0)]) =>
    outcomeOf(documented, (values) => values.push(read(input))),
  );
}

/** The same of a text, which is in UTF-8 or, where it is none, in Latin-1, as headers are. */
export function textTarget(
  material: Material,
  read: (text: string) => unknown,
  documented: readonly ErrorClass[] = [ProtocolError],
): TargetPlan {
  return planOf(material, false, async ([input = Buffer.alloc(0)]) => {
    const utf8 = input.toString();
    const values: unknown[] = [];
    for (const text of utf8.includes('\ufffd') ? [utf8, input.toString('latin1')] : [utf8]) {
      try {
        values.push(await read(text));
      } catch (error) {
        if (!documented.some((one) => error instanceof one)) throw error;
        values.push(error);
      }
    }
    return values;
  });
}

/** What came, and the documented error behind it if there was one. */
export function outcomeOf(
  documented: readonly ErrorClass[],
  read: (values: unknown[]) => void,
): readonly unknown[] {
  const values: unknown[] = [];
  try {
    read(values);
  } catch (error) {
    if (!documented.some((one) => error instanceof one)) throw error;
    values.push(error);
  }
  return values;
}

/** A plan for a function of pieces. */
export function planOf(
  { seeds, tokens = [] }: Material,
  isCut: boolean,
  read: FuzzTarget['read'],
  share = 1,
  close?: () => Promise<void>,
): TargetPlan {
  return {
    share,
    make: (name) => ({
      name,
      seeds: seeds().map((seed) => Buffer.from(seed)),
      tokens: tokens.map((token) => Buffer.from(token)),
      share,
      isCut,
      read,
      ...(close === undefined ? {} : { close }),
    }),
  };
}
