async function save(): Promise<void> {}
save();
