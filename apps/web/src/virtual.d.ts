declare module 'virtual:contract' {
  import type { Contract } from '@orangery/contract';

  const contract: Contract;
  export default contract;
}
