/** Version 1 of the PROXY protocol: a line such as `PROXY TCP4 192.0.2.1 192.0.2.2 51000 1935`. @see section 2.1 */
import { ProtocolError } from '../../errors.ts';
import type { ProxyHeader } from './proxy-header.ts';

const START = Buffer.from('PROXY ');
const LINE_END = '\r\n';

/** The longest line, its end included. */
const MAX_BYTES = 107;

const isAddressOf = { TCP4: isIpv4, TCP6: isIpv6 } as const;

/** Reads the line; undefined while its end has not come. @throws ProtocolError `PROXY_HEADER_INVALID` */
export function decodeTextHeader(bytes: Buffer): ProxyHeader | undefined {
  const shown = Math.min(bytes.length, START.length);
  if (bytes.compare(START, 0, shown, 0, shown) !== 0) throw invalid('the line does not begin with PROXY');
  const end = bytes.subarray(0, MAX_BYTES).indexOf(LINE_END);
  if (end === -1) {
    if (bytes.length >= MAX_BYTES) throw invalid(`the line does not end within ${MAX_BYTES} bytes`);
    return undefined;
  }
  const length = end + LINE_END.length;
  const [family = '', ...ends] = bytes.toString('latin1', START.length, end).split(' ');
  const rest = { bytes: length, isTls: false, authority: undefined };
  if (family === 'UNKNOWN') return { ...rest, source: undefined }; // whatever is behind it
  if (family !== 'TCP4' && family !== 'TCP6') throw invalid('the line has an unknown protocol');
  const [address = '', destination = '', port = '', destinationPort = ''] = ends;
  const isAddress = isAddressOf[family];
  if (ends.length !== 4 || !isAddress(address) || !isAddress(destination))
    throw invalid(`the line does not have two addresses of ${family} and two ports`);
  if (!isPort(port) || !isPort(destinationPort)) throw invalid('the line has a port that is none');
  return { ...rest, source: { address, port: Number(port) } };
}

function isIpv4(text: string): boolean {
  const numbers = text.split('.');
  return numbers.length === 4 && numbers.every((one) => isNumber(one, 255));
}

function isIpv6(text: string): boolean {
  return /^[\da-f:.]{2,45}$/i.test(text) && URL.canParse(`http://[${text}]`);
}

function isPort(text: string): boolean {
  return isNumber(text, 65_535);
}

/** Without zeros before it, as the specification wants it. */
function isNumber(text: string, most: number): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= most;
}

function invalid(problem: string): ProtocolError {
  return new ProtocolError('PROXY_HEADER_INVALID', `PROXY protocol version 1: ${problem}`);
}
