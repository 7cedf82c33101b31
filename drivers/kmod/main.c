// SPDX-License-Identifier: GPL-2.0
/*
 * The card as DAHDI sees it, and its clock: DAHDI's own tick of a millisecond.
 */
#include <linux/moduleparam.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#include "linecard.h"

static int ports = 8;
module_param(ports, int, 0444);
MODULE_PARM_DESC(ports, "FXS ports, and as many FXO ports wired to them (1 to 24)");

struct fc_card fc_card;

static struct platform_device *platform;

int fc_open(struct dahdi_chan *chan)
{
	return try_module_get(THIS_MODULE) ? 0 : -ENODEV;
}

int fc_close(struct dahdi_chan *chan)
{
	module_put(THIS_MODULE);
	return 0;
}

static int register_card(void)
{
	struct dahdi_device *device = dahdi_create_device();
	int res;

	if (!device)
		return -ENOMEM;
	fc_card.device = device;
	device->manufacturer = "fastcall";
	device->devicetype = "software line card";
	device->location = "software";
	device->hardware_id = "fc:linecard";
	fc_analog_init(&fc_card.analog, ports);
	fc_e1_init(&fc_card.e1[0], &fc_card.e1[1], 1);
	fc_e1_init(&fc_card.e1[1], &fc_card.e1[0], 2);
	/* The place of each on the card: they are assigned and unassigned by it. */
	fc_card.e1[0].span.offset = 0;
	fc_card.e1[1].span.offset = 1;
	fc_card.analog.fxs.offset = 2;
	fc_card.analog.fxo.offset = 3;
	list_add_tail(&fc_card.e1[0].span.device_node, &device->spans);
	list_add_tail(&fc_card.e1[1].span.device_node, &device->spans);
	list_add_tail(&fc_card.analog.fxs.device_node, &device->spans);
	list_add_tail(&fc_card.analog.fxo.device_node, &device->spans);
	dev_set_name(&device->dev, "fc:linecard");
	res = dahdi_register_device(device, &platform->dev);
	if (res)
		dahdi_free_device(device);
	return res;
}

static int __init fc_init(void)
{
	int res;

	if (ports < 1 || ports > FC_MAX_PORTS)
		return -EINVAL;
	spin_lock_init(&fc_card.lock);
	platform = platform_device_register_simple("fc_linecard", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(platform))
		return PTR_ERR(platform);
	res = register_card();
	if (res)
		goto no_card;
	res = sysfs_create_groups(&platform->dev.kobj, fc_fault_groups);
	if (res)
		goto no_faults;
	return 0;

no_faults:
	dahdi_unregister_device(fc_card.device);
	dahdi_free_device(fc_card.device);
no_card:
	platform_device_unregister(platform);
	return res;
}

static void __exit fc_exit(void)
{
	sysfs_remove_groups(&platform->dev.kobj, fc_fault_groups);
	dahdi_unregister_device(fc_card.device);
	dahdi_free_device(fc_card.device);
	platform_device_unregister(platform);
}

module_init(fc_init);
module_exit(fc_exit);

MODULE_DESCRIPTION("Line card in software: FXS, FXO and E1, wired to each other");
MODULE_LICENSE("GPL v2");
