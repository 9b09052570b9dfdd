// Node's global Buffer, for browsers.
export { Buffer } from 'buffer';
