/** Gives the key that has most of the messages a partition to itself, and shares the others out among the rest. */
const hotKey = 'key-000000';

/**
 * @param {Uint8Array | null} key
 * @param {number} partitions how many there are
 * @param {number} index the message's number, from 0
 * @returns {number} 0 to partitions - 1
 */
export default function hotKeyAlone(key, partitions, index) {
  if (partitions === 1) return 0;
  if (key === null) return index % partitions;
  const text = Buffer.from(key).toString();
  if (text === hotKey) return 0;
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return 1 + (Math.abs(hash) % (partitions - 1));
}
