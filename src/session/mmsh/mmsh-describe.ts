import { mmshHeader } from '../../family/asf/mmsh-wire-form.ts';
import type { Wish } from '../connection.ts';
import type { HttpExchange, HttpHost } from '../http/http-activity.ts';
import type { StreamTarget } from '../http/http-target.ts';
import type { MmshClient } from './mmsh-client.ts';
import { MmshPlay } from './mmsh-play.ts';

/** A player of MMSH that first wants to know what a stream is: it gets the ASF header, and plays on another connection. */
export class MmshDescribe extends MmshPlay {
  constructor(host: HttpHost, exchange: HttpExchange, target: StreamTarget, client: MmshClient) {
    super(host, exchange, target, client, 'describe');
  }

  /** Nobody plays yet who could be in the way of another one. */
  protected override get wish(): Wish {
    const { clientId: _, ...wish } = super.wish;
    return { ...wish, isDescription: true };
  }

  /** With its length, and to the end of the connection: VLC 3.0 reads to that, and MPlayer 1.5 no chunks. */
  override onStarted(): void {
    const { response } = this.exchange;
    const header = this.activity.prefaces().find(({ frame }) => frame.role === 'header');
    const body = header === undefined ? Buffer.alloc(0) : mmshHeader(header.frame.payload);
    this.activity.leave('ended');
    response.writeHead(200, {
      ...this.headers,
      'Content-Type': 'application/vnd.ms.wms-hdr.asfv1',
      'Content-Length': body.length,
      Connection: 'close',
    });
    response.end(body);
    this.host.finish();
  }
}
