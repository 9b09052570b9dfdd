import type { AmfValue } from '../../protocol/amf/amf-value.ts';

/** What can become of a call, whoever makes it; the label of `streampump_calls_total`. */
export const callOutcomes = [
  'answered',
  'failed',
  'left',
  'limited',
  'refused',
  'timeout',
  'unknown',
] as const;

/** One of {@link callOutcomes}. */
export type CallOutcome = (typeof callOutcomes)[number];

/** Who calls whom; a label of `streampump_calls_total`. */
export const callDirections = ['from-client', 'to-client'] as const;

/** One of {@link callDirections}. */
export type CallDirection = (typeof callDirections)[number];

/** What comes of a call to a client: its result, its own word for a fault, or why there is neither. */
export type ClientAnswer<Value = AmfValue> =
  | { readonly is: 'result'; readonly value: Value }
  | { readonly is: 'error'; readonly value: Value }
  | { readonly is: 'timeout' | 'left' | 'limited' };
