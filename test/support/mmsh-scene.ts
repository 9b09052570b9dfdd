import type { Frame } from '../../src/stream/frame.ts';
import { asfFrames } from './asf-frames.ts';
import { ComplianceScene } from './compliance-scene.ts';
import type { RawHttp } from './http-client.ts';

/** What a player of MMSH says of itself, unless a test has it say something else. */
const AGENT = 'NSPlayer/4.1.0.3856';

/** A request of a player, in what differs from that for a description of live/a. */
export interface MmshAsking {
  readonly method?: string;
  readonly path?: string;
  readonly version?: '1.0' | '1.1';
  readonly agent?: string | null;
  readonly pragmas?: readonly string[];
  readonly headers?: readonly string[];
  readonly body?: string;
}

/** Players of MMSH at one relay, on a clock driven by hand; what is published is ASF. */
export class MmshScene extends ComplianceScene {
  override frames: (script: string) => Frame[] = asfFrames;
  /** Asks on a new connection. */
  ask(asking: MmshAsking): RawHttp {
    const client = this.connect();
    client.send(headOf(asking));
    return client;
  }

  /** Asks, may, and has what came of it. */
  async answered(asking: MmshAsking): Promise<RawHttp> {
    const client = this.ask(asking);
    await this.settle();
    this.pending.shift()?.decide(this.grant());
    await this.pass(100);
    return client;
  }
}

/** The text of a request, with `\n` for CRLF. */
export function headOf({
  method = 'GET',
  path = '/live/a.asf',
  version = '1.1',
  agent = AGENT,
  pragmas = [],
  headers = [],
  body,
}: MmshAsking): string {
  const lines = [
    `${method} ${path} HTTP/${version}`,
    'Host: x',
    ...(agent === null ? [] : [`User-Agent: ${agent}`]),
    ...pragmas.map((pragma) => `Pragma: ${pragma}`),
    ...headers,
    ...(body === undefined ? [] : [`Content-Length: ${body.length}`]),
  ];
  return `${lines.join('\n')}\n\n${body ?? ''}`;
}
