/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* lab03: the tables of tables.h in user space, named like the BPF maps. */
#ifndef LAB03_MAPS_H
#define LAB03_MAPS_H

#include "common/table.h"
#include "lab03-maps/tables.h"

#define DECLARE_TABLE(name, ...) extern struct table name;
SFU_TABLES(DECLARE_TABLE)

#endif
