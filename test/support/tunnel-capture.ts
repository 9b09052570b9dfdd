/** What connections carry that carry a tunnel of RTMPT. */

const ID = '0.GyKqVHuR2cWf1oVVh4J8Zw';

/** A request of the tunnel, or one that opens it. */
export function tunnelRequest(
  verb: 'open' | 'send' | 'idle' | 'close',
  number: number,
  body: Buffer = Buffer.of(0),
  id: string = ID,
): Buffer {
  const path = verb === 'open' ? '/open/1' : `/${verb}/${id}/${number}`;
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-fcs\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

/** The answer that brings the id of the tunnel. */
export const openAnswer: Buffer = answer(Buffer.from(`${ID}\n`));

/** The answer to any other request. */
export function tunnelAnswer(body: Buffer = Buffer.alloc(0)): Buffer {
  return answer(Buffer.concat([Buffer.of(1), body]));
}

function answer(body: Buffer): Buffer {
  const head = `HTTP/1.1 200 OK\r\nContent-Type: application/x-fcs\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

/** A request, and the answer to it. */
export interface Exchange {
  readonly request: Buffer;
  readonly answer: Buffer;
}

/** A session as exchanges of so many bytes each way: the first opens it, every fourth sends nothing, the last closes it. */
export function tunnelExchanges(toServer: Buffer, toClient: Buffer, size: number): Exchange[] {
  const exchanges: Exchange[] = [{ request: tunnelRequest('open', 0), answer: openAnswer }];
  let [sent, got, number] = [0, 0, 0];
  for (; sent < toServer.length || got < toClient.length; number++) {
    const isIdle = number % 4 === 3 || sent >= toServer.length;
    const request = isIdle
      ? tunnelRequest('idle', number)
      : tunnelRequest('send', number, toServer.subarray(sent, sent + size));
    if (!isIdle) sent += size;
    exchanges.push({ request, answer: tunnelAnswer(toClient.subarray(got, got + size)) });
    got += size;
  }
  exchanges.push({ request: tunnelRequest('close', number), answer: tunnelAnswer() });
  return exchanges;
}
