declare module 'virtual:contract' {
  import type { Contract } from '@orangery/contract';

  const contract: Contract;
  export default contract;
}

declare module 'virtual:messages/*' {
  import type { Messages } from '@lingui/core';

  const messages: Messages;
  export default messages;
}
