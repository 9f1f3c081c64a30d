export { contentStoreContract } from "./content-store.contract.ts";
export type { ContractOptions, StoreUnderTest } from "./content-store.contract.ts";
