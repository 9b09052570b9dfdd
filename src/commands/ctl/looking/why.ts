import type { StreamExplanation } from '../../../service/admin/relay-status.ts';
import type { FleetExplanation } from '../../../service/house/overview/fleet-explanation.ts';
import { PlaceError } from '../api/relay-place.ts';
import type { CtlCall } from '../ctl-call.ts';
import { choiceLines } from '../fleet/choice-lines.ts';
import { whyLines } from '../terminal/why-lines.ts';

/** Of whom a house is asked where they would be sent. */
export interface WhyOptions {
  readonly address?: string;
  readonly protocol?: string;
}

/** Writes what has become of a stream key: which entry and rule it has, where it comes from, why nobody sees it. */
export async function showWhy(
  { client, output, isJson }: CtlCall,
  key: string,
  { address, protocol }: WhyOptions = {},
): Promise<void> {
  if (address === undefined && protocol !== undefined) throw new PlaceError('--protocol is for --address');
  const answer = await client.get<StreamExplanation | FleetExplanation>('why', {
    stream: key,
    address,
    protocol,
  });
  if (isJson) output.json(answer);
  else if ('relays' in answer) output.lines(choiceLines(answer, output.width));
  else output.lines(whyLines(answer, output.width));
}
