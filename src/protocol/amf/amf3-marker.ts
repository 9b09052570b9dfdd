/** The byte before each value. @see AMF3 section 3.1 */
export const Amf3Marker = {
  undefined: 0x00,
  null: 0x01,
  false: 0x02,
  true: 0x03,
  integer: 0x04,
  double: 0x05,
  string: 0x06,
  xmlDocument: 0x07,
  date: 0x08,
  array: 0x09,
  object: 0x0a,
  xml: 0x0b,
  byteArray: 0x0c,
  intVector: 0x0d,
  uintVector: 0x0e,
  doubleVector: 0x0f,
  objectVector: 0x10,
  dictionary: 0x11,
} as const;

/** An object of a class whose objects write themselves; above the bits that say that object and class follow. */
export const externalizableBit = 4;

/** An object that may have other properties than those of its class. */
export const dynamicBit = 8;

/** Where the number of sealed properties begins. */
export const sealedCountUnit = 16;
