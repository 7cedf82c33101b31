/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A line card in software: FXS and FXO ports wired to each other, and two E1
 * spans wired to each other, registered in DAHDI like those of a real card.
 */
#ifndef FC_LINECARD_H
#define FC_LINECARD_H

#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/spinlock.h>

#include <dahdi/kernel.h>

#define FC_SLOTS	31
#define FC_MAX_PORTS	24
/* Octets that an E1's elastic store can hold back: slips move within it. */
#define FC_STORE	16

struct fc_e1_fault {
	/* The line brings nothing; brings all ones. */
	bool los;
	bool ais;
	/* Wrong bits in a million. */
	unsigned int bit_errors;
};

struct fc_e1 {
	struct dahdi_span span;
	struct dahdi_chan channel[FC_SLOTS];
	struct dahdi_chan *channels[FC_SLOTS];
	struct fc_e1 *peer;
	bool running;
	/* CAS bits that we send. */
	u8 sent[FC_SLOTS];
	struct fc_e1_fault fault;
	/* The last octets of each timeslot, and how far behind we read. */
	u8 store[FC_SLOTS][FC_STORE];
	unsigned int delay;
	/* Bits until the next wrong one. */
	s64 until_error;
	u32 random;
};

/* One pair of wires: an exchange's port at one end, a terminal's at the other. */
struct fc_line {
	/* What the kernel has each end do. */
	enum dahdi_txsig station;
	enum dahdi_txsig terminal;
	bool reversed;
	/* Milliseconds that the station still sends although the loop is open. */
	int on_hook_transfer;
	unsigned int messages;
	/* Milliseconds without feed: an alarm after some. */
	unsigned int unfed;
	/* What the terminal saw last. */
	bool polarity_seen;
	bool fault_cut;
	bool fault_crossed;
	bool fault_ring;
};

struct fc_analog {
	struct dahdi_span fxs;
	struct dahdi_span fxo;
	struct dahdi_chan fxs_channel[FC_MAX_PORTS];
	struct dahdi_chan fxo_channel[FC_MAX_PORTS];
	struct dahdi_chan *fxs_channels[FC_MAX_PORTS];
	struct dahdi_chan *fxo_channels[FC_MAX_PORTS];
	struct fc_line line[FC_MAX_PORTS];
	int ports;
};

struct fc_card {
	struct dahdi_device *device;
	struct fc_e1 e1[2];
	struct fc_analog analog;
	/* Guards the faults and what ioctls set, against the tick. */
	spinlock_t lock;
};

extern struct fc_card fc_card;

void fc_e1_init(struct fc_e1 *e1, struct fc_e1 *peer, int number);
void fc_e1_tick(void);
int fc_e1_slip(struct fc_e1 *e1, bool repeat);

void fc_analog_init(struct fc_analog *analog, int ports);
void fc_analog_tick(void);
ssize_t fc_analog_show(char *text);

int fc_open(struct dahdi_chan *chan);
int fc_close(struct dahdi_chan *chan);

extern const struct attribute_group *fc_fault_groups[];

#endif
