-- What the period views count, counted when it is written: a batch touches a few days, a question
-- all ten years. Balances are summed as decimals, whose sum is the same in every order.
CREATE TABLE stance_counts (
    unit VARCHAR NOT NULL,
    period DATE,
    language VARCHAR NOT NULL,
    articles BIGINT NOT NULL,
    stories BIGINT NOT NULL,
    outlets BIGINT NOT NULL,
    hopes BIGINT NOT NULL,
    concerns BIGINT NOT NULL,
    mixed BIGINT NOT NULL,
    neutral BIGINT NOT NULL,
    balance DECIMAL(38, 12) NOT NULL
);

CREATE TABLE theme_counts (
    unit VARCHAR NOT NULL,
    period DATE,
    language VARCHAR NOT NULL,
    theme VARCHAR NOT NULL,
    passages BIGINT NOT NULL,
    articles BIGINT NOT NULL,
    stories BIGINT NOT NULL,
    hope_passages BIGINT NOT NULL,
    concern_passages BIGINT NOT NULL
);
