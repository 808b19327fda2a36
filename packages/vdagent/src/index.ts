export { AgentDecoder, type Decoded } from './decoder.ts';
export { CLIPBOARD_TEXT_BYTES_MAX, MONITORS_MAX } from './limits.ts';
export {
  type AgentMessage,
  decodeMessage,
  encodeData,
  encodeMessage,
  type Malformed,
  type Monitor,
} from './messages.ts';
export { CAPABILITY, type Capability, CLIPBOARD_TYPE, MESSAGE, SELECTION } from './tables.ts';
export { VdagentClient } from './vdagent-client.ts';
export type { ClipboardOutcome, MonitorsOutcome, VdagentHandlers, VdagentOptions } from './words.ts';
