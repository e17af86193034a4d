-- Up:
CREATE TABLE products (
    id integer PRIMARY KEY,
    sku varchar(20) NOT NULL UNIQUE,
    title text NOT NULL,
    price numeric(12, 2) NOT NULL CHECK (price >= 0)
);

CREATE TABLE warehouses (
    id integer PRIMARY KEY,
    town text NOT NULL
);

CREATE TABLE stock (
    product_id integer NOT NULL REFERENCES products,
    warehouse_id integer NOT NULL REFERENCES warehouses ON DELETE CASCADE,
    amount integer NOT NULL DEFAULT 0,
    PRIMARY KEY (product_id, warehouse_id)
);

-- Down:
DROP TABLE stock;
DROP TABLE warehouses;
DROP TABLE products;
