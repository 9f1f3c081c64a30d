export { contentStoreContract } from "./content-store.contract.ts";
export { TestClock, serve } from "./remote/testing-server.ts";
export type { Answer, Seen, TestServer } from "./remote/testing-server.ts";
export type { ContractOptions, StoreUnderTest } from "./content-store.contract.ts";
