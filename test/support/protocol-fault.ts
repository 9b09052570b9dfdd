import { ProtocolError } from '../../src/errors.ts';

/** The ProtocolError that something throws, or undefined when it throws none; anything else is thrown on. */
export function faultOf(act: () => unknown): { code: string; message: string } | undefined {
  try {
    act();
  } catch (error) {
    if (error instanceof ProtocolError) return { code: error.code, message: error.message };
    throw error;
  }
  return undefined;
}
