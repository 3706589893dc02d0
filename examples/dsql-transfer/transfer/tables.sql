-- On DSQL the indexes are made with CREATE INDEX ASYNC, which PostgreSQL does not know.
-- Accounts are few, and written seldom when they are made: integers do. Transactions are written
-- all the time: sequential keys would all go to one partition, random UUIDs go everywhere.
CREATE TABLE accounts (
    id INT PRIMARY KEY,
    balance INT NOT NULL
);
CREATE TABLE transactions (
    id UUID DEFAULT gen_random_uuid() PRIMARY KEY,
    payer_id INT NOT NULL,
    payee_id INT NOT NULL,
    amount INT NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL
);
-- What is filtered by first, what is sorted by second.
CREATE INDEX idx_transactions_payer ON transactions (payer_id, created_at);
CREATE INDEX idx_transactions_payee ON transactions (payee_id, created_at);
